"""stub"""


def overfitting_rows():
    return []
