"""Requests to the deployment that yield evidence; nothing here knows pytest."""
