"""What operators say and are told: commands, the control socket, HTTP."""
