"""Connecting an AWS directory to the edges: what is wanted, what is in the way, what came of it. Rules only; who asks
AWS stands in gatehouse.aws."""
