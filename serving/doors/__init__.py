"""The doors: who comes in, what each may do, and the record of it."""
