"""What Prefect is told once: the work pool, the flow, and its one deployment."""

from contextlib import suppress
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists

from flows.procedure import dossier

POOL = "nambuoc"
POOL_TYPE = "in-process"
NAME = "nambuoc"
DESCRIPTION = (
    "One run per dossier, its name is the dossier code. The journal decides: "
    "cancelling, resuming, retrying or deleting a run here changes no dossier, the run "
    "is put right within a minute. A dossier is withdrawn or stopped in the portal."
)
SCHEMA = {
    "type": "object",
    "properties": {"code": {"type": "string", "title": "dossier id"}},
    "required": ["code"],
}


def declare(client: SyncPrefectClient) -> tuple[UUID, UUID]:
    """Tell Prefect the pool, the flow and the deployment; their ids, any number."""
    pool = WorkPoolCreate(name=POOL, type=POOL_TYPE, base_job_template={})
    with suppress(ObjectAlreadyExists):
        client.create_work_pool(pool)
    flow_id = client.create_flow(dossier)
    deployment = client.create_deployment(
        flow_id,
        NAME,
        work_pool_name=POOL,
        entrypoint="flows.procedure:dossier",
        description=DESCRIPTION,
        parameter_openapi_schema=SCHEMA,
    )
    return flow_id, deployment
