"""What the same work costs without a hub around it: plain programs, one technique each."""
