"""Airflow DAG: exports a data collection of each tenant to Trend Micro Vision One, every night.

It runs on Airflow 2.4 or later and on Airflow 3. Provide:

* on each worker: Node 20.19 or later, PyYAML, and the unzipped bundle in the folder BUNDLE;
* the Airflow variable `vision_one_tenants`, a JSON list without secrets, such as
  [{"name": "tenant_a", "data_collection": {"name": "Active C2"},
    "configuration": {"api_region": "Japan"}}]
* for each tenant two Airflow connections:
  `threatq_<name>`: Host is the address with https://, Login the client id, Password its secret;
  `vision_one_<name>`: Password is the API key.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from typing import Any

from airflow.exceptions import AirflowException

try:  # Airflow 3
    from airflow.sdk import Connection, Variable, dag, task

    get_connection = Connection.get
except ImportError:
    from airflow.decorators import dag, task
    from airflow.hooks.base import BaseHook
    from airflow.models import Variable

    get_connection = BaseHook.get_connection

BUNDLE = "/opt/vision-one"


@task
def read_tenants() -> list[dict[str, Any]]:
    return Variable.get("vision_one_tenants", deserialize_json=True)


# `max_active_tis_per_dag` limits how many exports of this DAG run at the same time. If other DAGs
# use the same ThreatQ, create a pool in Airflow and add pool="threatq".
# The timeout is longer than the time limit of a run, which is 15 minutes.
@task(max_active_tis_per_dag=4, execution_timeout=timedelta(minutes=20), multiple_outputs=False)
def export(tenant: dict[str, Any]) -> dict[str, Any]:
    """Exports the data collection of a tenant. Returns the row for an activity log."""
    # Only workers need the bundle, so it is not imported when Airflow reads this file.
    sys.path.append(f"{BUNDLE}/actions")
    from run_action import run

    threatq = get_connection(f"threatq_{tenant['name']}")
    vision_one = get_connection(f"vision_one_{tenant['name']}")
    result = run(
        "add_to_blocklist",
        page_config={"api_key": vision_one.password},
        node_config=tenant["configuration"],
        threatq={
            "host": threatq.host,
            "client_id": threatq.login,
            "client_secret": threatq.password,
        },
        data_collection=tenant["data_collection"],
    )
    if result["status"] != "Completed":
        raise AirflowException(f"{tenant['name']}: {result['status']}: {describe_problem(result)}")
    return result["activity_log"]


def describe_problem(result: dict[str, Any]) -> str:
    if result["error"]:
        return result["error"]["message"]
    failed = [item for item in result["items"] if item["outcome"] in ("rejected", "unsent")]
    if not failed:
        return "; ".join(warning["message"] for warning in result["warnings"])
    reasons = sorted({item["reason"] for item in failed})
    return f"objects rejected or unsent: {len(failed)} ({', '.join(reasons)})"


@dag(
    schedule="0 2 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
)
def vision_one_export() -> None:
    export.expand(tenant=read_tenants())


vision_one_export()
