"""recx_lib: the helper library of the book "Why This? Explainable
recommendation, built step by step".
"""

__version__ = "0.1.0"
