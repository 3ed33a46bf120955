"""The one error of the contract."""


class ContractError(ValueError):
    """A message breaks the contract. The text names the field and what was expected, never the value."""
