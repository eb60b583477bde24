"""The reference host: runs an action of this bundle from Python.

It needs Python 3.9 or later, PyYAML, and `node` in PATH. A host imports it and calls `run`. From a
shell, `python3 run_action.py --help` prints the options.
"""

from __future__ import annotations

import argparse
import difflib
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import yaml

LOG = logging.getLogger(__name__)
BUNDLE = Path(__file__).resolve().parent.parent

# The fields that are secrets, and their variables. No secret is in the run document or an argument.
CONFIGURATION_SECRETS = {"api_key": "VISION_ONE_API_KEY"}
THREATQ_SECRETS = {"client_secret": "THREATQ_CLIENT_SECRET", "password": "THREATQ_PASSWORD"}
THREATQ_FIELDS = ("host", "client_id", "email", *THREATQ_SECRETS)

# The limit of the action. A variable that is much longer would prevent the start of a process.
MAX_SECRET_LENGTH = 8_192

MODES = ("export", "preview", "check")
EXIT_CODES = {"Completed": 0, "Failed to Complete": 1, "Incomplete": 2}
# An interrupted action writes its result within about 20 s.
STOP_SECONDS = 30


def run(
    action: str,
    *,
    page_config: Mapping[str, Any] | None,
    node_config: Mapping[str, Any] | None,
    threatq: Mapping[str, Any] | None,
    data_collection: Mapping[str, str] | None = None,
    objects: Sequence[Mapping[str, Any]] | None = None,
    mode: str | None = None,
    report: str | os.PathLike[str] | None = None,
) -> dict[str, Any]:
    """Runs an action and waits for its end.

    The node's values take precedence over the page's, and these over the manifest's defaults. None
    and "" count as not given. The action reads a secret that is not given from the environment.

    :param action: the display name, the namespace, or the last part of the namespace
    :param page_config: the values of the action's Configuration tab, by field name
    :param node_config: the values of the workflow node, by field name
    :param threatq: host and credentials, as in a run document; None for those of the environment
    :param data_collection: `{"hash": ...}` or `{"name": ...}`
    :param objects: the selected indicators of a manual run; it has no data collection
    :param mode: export, preview or check; None for the value of the field Run Mode
    :param report: the folder for reports; None for no reports
    :returns: the result, with the key `activity_log` added; `status` says whether the run failed
    :raises ValueError: if the action, the mode, the name of a field or a secret is invalid; the
        message contains no value of a field. Other mistakes are in the result
    :raises OSError: if Node cannot be started
    :raises NoResultError: if the action ends without a result

    An exception that interrupts the waiting, such as KeyboardInterrupt or one of a signal handler,
    stops the action. It is raised again after the process of the action has ended.
    """
    feed = _find_action(action)
    fields = {field["name"]: field for field in feed["user_fields"]}
    if mode not in (None, *MODES):
        raise ValueError(f"mode must be one of: {', '.join(MODES)}")
    _check_names(
        ("page_config", page_config, fields),
        ("node_config", node_config, fields),
        ("threatq", threatq, THREATQ_FIELDS),
    )
    defaults = {name: field.get("default") for name, field in fields.items()}
    configuration = _given({**defaults, **_given(page_config), **_given(node_config)})
    options = ["--json", "--quiet"]
    if mode in ("preview", "check"):
        options.append(f"--{mode}")
    elif mode == "export":
        configuration["run_mode"] = mode
    if report is not None:
        options.append(f"--report={os.fspath(report)}")

    environment = dict(os.environ)
    document = {
        "configuration": _move_secrets(configuration, CONFIGURATION_SECRETS, environment),
        "threatq": _move_secrets(_given(threatq), THREATQ_SECRETS, environment),
        "data_collection": data_collection,
        "objects": objects,
    }
    node = shutil.which("node")
    if node is None:
        raise FileNotFoundError("node is not in PATH")
    command = [node, str(BUNDLE / feed["x-runtime"]["entrypoint"]), *options]
    text = json.dumps(_given(document), default=str)
    return _read_result(*_execute(command, text.encode(), environment))


class NoResultError(RuntimeError):
    """The action ended without a result."""

    def __init__(self, code: int, messages: str) -> None:
        super().__init__(f"the action ended with exit code {code} and without a result: {messages}")
        self.code = code


def _find_action(name: str) -> dict[str, Any]:
    manifest = yaml.safe_load((BUNDLE / "manifest.yaml").read_bytes())
    actions: dict[str, dict[str, Any]] = {}
    for display_name, feed in manifest["feeds"].items():
        namespace = feed["namespace"]
        for accepted in (display_name, namespace, namespace.rpartition(".")[2]):
            actions[accepted] = feed
    # The files of the actions have hyphens in their names.
    name = name.replace("-", "_") if name.replace("-", "_") in actions else name
    if name not in actions:
        raise ValueError(f"action must be one of: {', '.join(actions)}")
    return actions[name]


def _check_names(*sections: tuple[str, object, Collection[str]]) -> None:
    """Raises ValueError with all unknown fields."""
    problems: list[str] = []
    for source, section, accepted in sections:
        if not isinstance(section, (Mapping, type(None))):
            problems.append(f"{source} must be a mapping")
            continue
        unknown = [_shown(key, accepted) for key in section or () if key not in accepted]
        if unknown:
            known = ", ".join(accepted)
            problems.append(f"{source}: unknown {', '.join(unknown)}; accepted: {known}")
    if problems:
        raise ValueError("\n".join(problems))


def _shown(key: object, accepted: Collection[str]) -> str:
    """The key, if it looks like a name: YAML reads `api_key:SECRET`, without a space, as a key."""
    name = re.fullmatch(r"[A-Za-z][\w -]{0,39}", str(key))
    meant = difflib.get_close_matches(str(key).lower().replace(" ", "_"), accepted, n=1)
    hint = f" (did you mean {meant[0]}?)" if meant else ""
    return f"{name.group() if name else '(a key that is not shown)'}{hint}"


def _given(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values that are given: None and "" count as missing."""
    given = (values or {}).items()
    return {key: value for key, value in given if value is not None and value != ""}


def _move_secrets(
    values: Mapping[str, Any], variables: Mapping[str, str], environment: MutableMapping[str, str]
) -> dict[str, Any]:
    """Moves the secrets of a service into the environment. Returns the other values."""
    secrets = {variables[key]: _secret(key, values[key]) for key in variables if key in values}
    if secrets:
        # Credentials of the environment must not be mixed with the given ones.
        for name in variables.values():
            environment.pop(name, None)
            environment.pop(f"{name}_FILE", None)
        environment.update(secrets)
    return {key: value for key, value in values.items() if key not in variables}


def _secret(key: str, value: object) -> str:
    try:
        if isinstance(value, str) and "\0" not in value and len(value) <= MAX_SECRET_LENGTH:
            # Node reads variables as UTF-8, whatever the locale of this process is.
            return os.fsdecode(value.encode())
    except UnicodeError:
        pass
    raise ValueError(
        f"{key} must be text of at most {MAX_SECRET_LENGTH} characters, without NUL characters and"
        " without lone surrogates"
    )


class _Interrupted(BaseException):
    """Raised by the signal handler of the command, which prints the result all the same."""


def _execute(
    command: list[str], document: bytes, environment: dict[str, str]
) -> tuple[int, bytes, bytes]:
    """Returns the exit code, standard output and standard error. The process has always ended."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment) as child:
        try:
            stdout, stderr = child.communicate(document)
        except BaseException as interruption:
            stdout, stderr = _stop(child)
            if not isinstance(interruption, _Interrupted):
                raise
    return child.returncode, stdout, stderr


def _stop(child: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Ends the action, which has time to write its result. A further interruption signals it again."""
    deadline = time.monotonic() + STOP_SECONDS
    while True:
        try:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                child.kill()
                return child.communicate()
            child.terminate()
            return child.communicate(timeout=remaining)
        except BaseException:  # the timeout, or a further interruption
            continue


def _read_result(code: int, stdout: bytes, stderr: bytes) -> dict[str, Any]:
    messages = stderr.decode("utf-8", "replace").strip()
    try:
        result: dict[str, Any] = json.loads(stdout.decode("utf-8"))
    except ValueError:
        raise NoResultError(code, messages[-2000:]) from None
    if messages:
        LOG.warning("%s", messages)
    counts = result["counts"]
    result["activity_log"] = {
        "status": result["status"],
        "data_requested": counts["read"],
        "response_received": counts["accepted"] + counts["rejected"] + counts["removed"],
        "data_enriched": 0,
    }
    return result


def main() -> int:
    """Runs an action as a command. Returns the exit code."""
    given = vars(_parser().parse_args())
    collection = {key: given.pop(f"collection_{key}") for key in ("hash", "name")}
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(*_: object) -> None:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        raise _Interrupted

    for number in signals:
        signal.signal(number, interrupt)
    try:
        result = run(**given, data_collection=_given(collection) or None)
    except _Interrupted:
        print("interrupted before the action was started", file=sys.stderr)
        return EXIT_CODES["Failed to Complete"]
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return EXIT_CODES["Failed to Complete"]
    except NoResultError as error:
        print(error, file=sys.stderr)
        # Exit code 1 of the action means that nothing was sent.
        return error.code if error.code == 1 else EXIT_CODES["Incomplete"]
    if result["error"]:
        print(result["error"]["message"], file=sys.stderr)
    code = EXIT_CODES[result["status"]]
    try:
        # Not sys.stdout, which is None if standard output is closed.
        with open(1, "w", encoding="utf-8", closefd=False) as stdout:
            stdout.write(f"{json.dumps(result)}\n")
    except (OSError, _Interrupted) as error:
        print(f"the result could not be written: {error or 'interrupted'}", file=sys.stderr)
        return code or EXIT_CODES["Incomplete"]
    return code


class _Parser(argparse.ArgumentParser):
    # The exit code of argparse is 2, which would mean that the action ran.
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EXIT_CODES["Failed to Complete"], f"{message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        description="Runs an action and prints its result as JSON. Each FILE is YAML or *.json.",
        epilog="""example, with the secrets in VISION_ONE_API_KEY and THREATQ_CLIENT_SECRET:
  python3 run_action.py --action add_to_blocklist --page-config page.yaml --threatq threatq.yaml \\
    --collection-name "Active C2" --mode preview

exit code: that of the action; 1 if it was not started; 2 if it ended without a result (1 if its exit code was 1)""",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    option = parser.add_argument
    option("--action", required=True, metavar="NAME", help="name, namespace, or its last part")
    option("--page-config", type=_read_file, metavar="FILE", help="values of the Configuration tab")
    option("--node-config", type=_read_file, metavar="FILE", help="values of the workflow node")
    option("--threatq", type=_read_file, metavar="FILE", help="host and credentials of ThreatQ")
    option("--collection-hash", metavar="HASH", help="hash of the data collection")
    option("--collection-name", metavar="NAME", help="name of the data collection")
    option("--objects", type=_read_file, metavar="FILE", help="selected indicators of a manual run")
    option("--mode", choices=MODES, help="if omitted, the value of the field Run Mode")
    option("--report", metavar="DIR", help="folder for reports")
    return parser


def _read_file(path: str) -> Any:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        return json.loads(text) if path.endswith(".json") else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError):
        # The error itself may quote a secret of the file.
        raise argparse.ArgumentTypeError(f"{path} cannot be read as YAML or JSON") from None


if __name__ == "__main__":
    sys.exit(main())
