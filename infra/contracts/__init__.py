"""The contract of the events, generated from the models: JSON Schemas and an AsyncAPI document."""
