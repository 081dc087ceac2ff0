"""Forms: what a person types, checked field by field before a service sees it."""
