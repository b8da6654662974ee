"""Your own table, your own model: do its explanations tell the truth?

`open_doors` finds out what a model can be asked, with the adapters' help;
`audit` tries its explanations, `audit_page` writes the report, and the command
`recx audit` does both. May import every stage.
"""

from recx_lib.audit.adapters import FeatureModel, FunctionModel, HttpModel
from recx_lib.audit.doors import Doors, open_doors
from recx_lib.audit.explainers import Floors, which_apply
from recx_lib.audit.figures import truth_table, verdict_on
from recx_lib.audit.folding import FoldedIn
from recx_lib.audit.page import audit_page
from recx_lib.audit.places import named_columns
from recx_lib.audit.report import audit, passes
from recx_lib.audit.sampling import AuditSettings, draw_pairs, try_pair

__all__ = [
    "AuditSettings",
    "Doors",
    "FeatureModel",
    "Floors",
    "FoldedIn",
    "FunctionModel",
    "HttpModel",
    "audit",
    "audit_page",
    "draw_pairs",
    "named_columns",
    "open_doors",
    "passes",
    "truth_table",
    "try_pair",
    "verdict_on",
    "which_apply",
]
