"""Writes messages.json: what Python's `str.format` and Prefect 2.20 make of message templates."""

import json
from pathlib import Path

from prefect._internal.schemas.validators import validate_message_template_variables
from prefect.client.schemas.objects import FLOW_RUN_NOTIFICATION_TEMPLATE_KWARGS

# Each of these stands as it is, and with every other conversion and format.
TEMPLATES = [
    "", "plain", "{{", "}}", "{{}}", "{{{{", "{{{flow_name}}}", "{", "}", "a{", "a}b", "{}", "{flow_name", "{flow_name}}", "{{flow_name}", "{x}", "{flow_id} {flow_run_id}", "{flow_name!}", "{flow_name!r", "{flow_name!rx}", "{flow_name!x}", "{flow_name!}", "{flow_name!:}", "{flow_name!r:}", "{flow_name!", "{flow_name:", "{flow_name:{", "{flow_name:{}", "{flow_name:{flow_name}", "{a{b}", "{flow_name{}", "{ flow_name}", "{flow_name }", "{flow_name!r }",
    "{flow_name:{flow_name}}", "{flow_name:{{}}}", "{flow_name:}}", "{flow_name:{x}}", "{flow_name:{flow_name:{flow_name}}}", "{flow_name:{flow_name:{flow_name:}}}", "é{flow_name}😀", "{flow_name:é>8}", "{flow_name:😀^9}", "{flow_name:>>8}", "{flow_name:}>8}", "{flow_name::>8}", "{flow_name:!>8}", "{flow_name:\n>8}", "a\n{flow_name}\n{", "{flow_run_state_message}", "{FLOW_NAME}", "{flow-name}", "{:>8}", "{!r}", "{flow_name:8!r}", "{[}", "{x[}]}", "{x[{]}", "{x[!]}", "{x[:]}", "{x[", "{x!r:>8}", "}{", "{}}", "{{}", "{{{}}}", "{flow_name}}}", "{{{flow_name}",
]
CONVERSIONS = ["", "!r", "!s", "!a"]
FORMATS = ["", ":", ":s", ":8", ":>8", ":<8", ":^8", ":^7", ":=8", ":*^8", ":08", ":.2", ":.0", ":.2s", ":8.2", ":>08", ":0>8", ":x>", ":>", ":d", ":8d", ":.", ":.s", ":,", ":_", ":+", ":-8", ": >8", ":#8", ": 8", ":8x", ":ss", ":8.2f", ":>8>", ":8 ", ":.2.2", ":n", ":%", ":1000", ":é", ":008", ":,_", ":_,", ":,d", ":_x", ":,x", ":_b", ":_n", ":z", ":+#8", ":z#", ":#=8", ": =8", ":.x", ":8.x", ":.xx", ":\t", ":\x7f", ":😀", ":>+8", ":+,", ":,.2"]
TEMPLATES += [f"<{{flow_name{conversion}{format}}}>" for conversion in CONVERSIONS for format in FORMATS if conversion in ("", "!r") or format in ("", ":>8", ":.2")]
VALUES = {name: "test" for name in FLOW_RUN_NOTIFICATION_TEMPLATE_KWARGS} | {"flow_name": "it's é"}


def told(template):
    try:
        validate_message_template_variables(template)
        return [template, None, template.format(**VALUES)]
    except (ValueError, KeyError) as error:
        return [template, str(error), None]
    except (IndexError, AttributeError, TypeError):
        return None


def main():
    rows = ",\n".join("  " + json.dumps(row) for row in filter(None, map(told, dict.fromkeys(TEMPLATES))))
    Path(__file__).with_suffix(".json").write_text(f"[\n{rows}\n]\n")


main()
