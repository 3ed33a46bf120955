"""The execution that holds a push approval (Step Functions): started by a login, woken by a decision."""
