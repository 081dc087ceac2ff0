"""Custom PMS: any REST API, described by a recipe that the admin writes."""
