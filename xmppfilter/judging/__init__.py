"""The decision: what filters are, the pipeline they run in, and the policy that turns findings into a verdict."""
