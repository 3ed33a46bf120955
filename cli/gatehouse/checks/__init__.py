"""What `gatehouse doctor` looks at: one function a check, each told what to look at and giving findings back."""
