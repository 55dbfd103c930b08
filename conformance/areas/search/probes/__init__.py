"""What is asked of the deployment: requests out, evidence back."""
