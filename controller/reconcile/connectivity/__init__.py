"""Whether data arrives: what to ask, how to ask it together, what the answers say."""
