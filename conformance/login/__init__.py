"""The browser that logs a member in: driver, screens, actions, page capture, presets."""
