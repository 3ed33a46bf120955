"""Everything that is in the one DynamoDB table (PynamoDB 6.1).

``keys`` builds every key, ``tables`` binds the models to a table, ``door`` translates errors, ``items`` turns the
hot item into the domain's values and back; the stores are one module each.
"""
