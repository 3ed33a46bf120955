"""The device API as one function of an event."""

from devices.problems import ANSWERS, retry_after
from devices.routes import DeviceRoutes
from http_api.app import FaultReport, Lambda, http_app


def create_app(routes: DeviceRoutes, report_fault: FaultReport) -> Lambda:
    return http_app(routes.table(), ANSWERS, report_fault, headers_of=retry_after)
