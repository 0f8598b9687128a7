"""What does a person see of a twin? Its books as a bookkeeper reads them, its requests, and the levers."""
