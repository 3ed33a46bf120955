"""What a security group lets out, and one more thing that it shall."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any, Final

from gatehouse.aws.session import Aws, AwsError

_DESCRIPTION: Final = "RADIUS to a Gatehouse edge"


@dataclass(frozen=True, slots=True)
class SecurityGroups:
    aws: Aws

    def closed(self, group: str, addresses: Sequence[str], port: int) -> list[str]:
        """Those of the addresses that no rule lets UDP out to. Rules that name groups or prefix lists are not looked
        through: one rule too many does no harm."""
        found = self._ask("describe_security_groups", GroupIds=[group])["SecurityGroups"]
        rules = found[0]["IpPermissionsEgress"] if found else []
        return [address for address in addresses if not any(_lets_out(rule, address, port) for rule in rules)]

    def open(self, group: str, addresses: Sequence[str], port: int) -> None:
        for address in addresses:
            try:
                self._ask("authorize_security_group_egress", GroupId=group, IpPermissions=[_rule(address, port)])
            except AwsError as error:
                if error.aws_code != "InvalidPermission.Duplicate":  # it is there already
                    raise

    def _ask(self, operation: str, **parameters: object) -> dict[str, Any]:
        return self.aws.service("ec2").ask(operation, **parameters)


def _rule(address: str, port: int) -> dict[str, object]:
    rule: dict[str, object] = {"IpProtocol": "udp", "FromPort": port, "ToPort": port}
    if ip_address(address).version == 6:
        return {**rule, "Ipv6Ranges": [{"CidrIpv6": f"{address}/128", "Description": _DESCRIPTION}]}
    return {**rule, "IpRanges": [{"CidrIp": f"{address}/32", "Description": _DESCRIPTION}]}


def _lets_out(rule: Mapping[str, Any], address: str, port: int) -> bool:
    if ip_address(address).version == 6:
        networks = [one["CidrIpv6"] for one in rule.get("Ipv6Ranges", ())]
    else:
        networks = [one["CidrIp"] for one in rule.get("IpRanges", ())]
    return _is_udp(rule, port) and any(ip_address(address) in ip_network(one) for one in networks)


def _is_udp(rule: Mapping[str, Any], port: int) -> bool:
    protocol = rule["IpProtocol"]
    return protocol == "-1" or (protocol in {"udp", "17"} and rule["FromPort"] <= port <= rule["ToPort"])
