"""The archive of the audit trail: off unless asked for, locked, and fed by every log that holds decisions."""

from tests.architecture.cloudformation import nested_templates, resources, template

ARCHIVE = nested_templates()["audit-archive.yaml"]
STACK = template()["Resources"]["AuditArchiveStack"]


def test_there_is_none_unless_days_are_given() -> None:
    assert template()["Parameters"]["AuditArchiveDays"]["Default"] == ""
    assert STACK["Condition"] == "ArchivesAudit"
    assert template()["Conditions"]["ArchivesAudit"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "AuditArchiveDays"}, ""]}]}
    assert set(STACK["Properties"]["Parameters"]) == set(ARCHIVE["Parameters"])


def test_every_object_is_locked_for_the_days_and_the_bucket_is_kept() -> None:
    (properties,) = resources("AWS::S3::Bucket", ARCHIVE).values()
    assert properties["ObjectLockEnabled"] is True
    assert properties["ObjectLockConfiguration"]["Rule"] == {
        "DefaultRetention": {"Mode": {"Ref": "Mode"}, "Days": {"Ref": "Days"}}
    }
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert ARCHIVE["Resources"]["Archive"]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_who_delivers_can_neither_delete_nor_unlock_nor_read() -> None:
    (policy,) = resources("AWS::IAM::Role", ARCHIVE)["DeliveryRole"]["Policies"]
    actions = {action for one in policy["PolicyDocument"]["Statement"] for action in one["Action"]}
    assert actions == {
        "s3:PutObject", "s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:ListBucket",
        "s3:ListBucketMultipartUploads", "kms:GenerateDataKey", "kms:Decrypt",
    }  # fmt: skip


def test_it_has_every_log_whose_lines_become_receipts() -> None:
    """But the canary's, whose logins are nobody's."""
    groups = {name: one["LogGroupName"]["Fn::Sub"] for name, one in resources("AWS::Logs::LogGroup").items()}
    kept = resources("AWS::Logs::SubscriptionFilter").values()
    wanted = {one["LogGroupName"]["Ref"] for one in kept} - {"CanaryLogs"}
    filters = resources("AWS::Logs::SubscriptionFilter", ARCHIVE).values()
    named = {one["LogGroupName"]["Fn::Sub"].replace("${Stack}", "${AWS::StackName}") for one in filters}
    assert named == {groups[name] for name in wanted}
    assert set(STACK["DependsOn"]) == wanted, "a filter cannot be made before its group"
    assert {one["FilterPattern"] for one in filters} == {one["FilterPattern"] for one in kept}
