"""The HTTP endpoint: one module for each resource, schemas beside it."""
