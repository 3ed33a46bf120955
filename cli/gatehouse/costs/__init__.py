"""What a deployment costs in a month: counted calls, prices in one table, and what others ask for the same."""
