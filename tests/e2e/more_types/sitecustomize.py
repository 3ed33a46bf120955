"""Five types of resources that the emulator's CloudFormation does not know, for the one emulator that hosts edges.

Python loads a module of this name by itself before the emulator starts. Network interfaces and rules of security groups
go into the emulator's own EC2, as the properties say, and can be asked for there; scaling is kept as a record.
"""

from typing import Any

from ministack.services import cloudformation, ec2
from ministack.services.cloudformation import provisioners

RECORDS: dict[str, dict[str, Any]] = {}


def make_interface(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
    query = {"SubnetId": [properties["SubnetId"]], "Description": [properties["Description"]]}
    query |= {f"SecurityGroupId.{number}": [group] for number, group in enumerate(properties["GroupSet"], start=1)}
    before = set(ec2._network_interfaces)
    ec2._create_network_interface(query)
    (made,) = set(ec2._network_interfaces) - before
    ec2._network_interfaces[made]["PrivateIpAddress"] = properties["PrivateIpAddress"]
    return made, {"Id": made, "PrimaryPrivateIpAddress": properties["PrivateIpAddress"]}


def delete_interface(physical_id: str, properties: dict[str, Any]) -> None:
    ec2._delete_network_interface({"NetworkInterfaceId": [physical_id]})


def add_rule(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
    group = ec2._security_groups[properties["GroupId"]]
    group["IpPermissionsEgress"] += provisioners._ec2_sg_permissions([properties])
    return f"{stack}-{logical_id}", {}


def remove_rule(physical_id: str, properties: dict[str, Any]) -> None:
    group = ec2._security_groups[properties["GroupId"]]
    gone = provisioners._ec2_sg_permissions([properties])
    group["IpPermissionsEgress"] = [rule for rule in group["IpPermissionsEgress"] if rule not in gone]


def admit(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
    ec2._security_groups[properties["GroupId"]]["IpPermissions"] += provisioners._ec2_sg_permissions([properties])
    return f"{stack}-{logical_id}", {}


def admit_no_more(physical_id: str, properties: dict[str, Any]) -> None:
    group = ec2._security_groups.get(properties["GroupId"])
    if group is not None:  # it may be gone with the rest of the network
        gone = provisioners._ec2_sg_permissions([properties])
        group["IpPermissions"] = [rule for rule in group["IpPermissions"] if rule not in gone]


def record(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
    name = f"{stack}-{logical_id}"
    RECORDS[name] = properties
    return name, {"Id": name, "Arn": name}


def forget(physical_id: str, properties: dict[str, Any]) -> None:
    RECORDS.pop(physical_id, None)


provisioners._RESOURCE_HANDLERS |= {
    "AWS::EC2::NetworkInterface": {"create": make_interface, "delete": delete_interface},
    "AWS::EC2::SecurityGroupEgress": {"create": add_rule, "delete": remove_rule},
    "AWS::EC2::SecurityGroupIngress": {"create": admit, "delete": admit_no_more},
    "AWS::ApplicationAutoScaling::ScalableTarget": {"create": record, "delete": forget},
    "AWS::ApplicationAutoScaling::ScalingPolicy": {"create": record, "delete": forget},
}

update_resource = provisioners._update_resource


def update_what_changed(kind: str, physical_id: str, old: Any, new: Any, stack: str, logical_id: str) -> Any:
    """Of a nested stack the emulator updates all resources, and forgets attributes of those that did not change."""
    if old == new:
        return physical_id, cloudformation._stacks[stack]["_resources"][logical_id]["Attributes"]
    return update_resource(kind, physical_id, old, new, stack, logical_id)


provisioners._update_resource = update_what_changed
