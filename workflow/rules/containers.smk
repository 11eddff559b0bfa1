# Where jobs run: in the Python that runs Snakemake, even if its environment is not activated; with --sdm apptainer, in an
# image with the libraries. The code is this checkout's in both cases.

from shlex import quote

from snakemake_interface_executor_plugins.settings import DeploymentMethod

from a2c.pipeline.containers import digest_for_jobs, bind_folders

CHECKOUT = workflow.basedir
IMAGE = os.environ.get("A2C_IMAGE", os.path.relpath(f"{CHECKOUT}/containers/a2c.sif"))


container: IMAGE


def variables_of_jobs():
    """Variables that every job sets first. In the image PATH stays, so that no Python of this machine is used there."""
    modules = TRAINED.module_folders
    if DeploymentMethod.APPTAINER not in workflow.deployment_settings.deployment_method:
        path = f'PATH={quote(os.path.dirname(sys.executable))}:"$PATH"'
        return f"{path} PYTHONPATH={quote(':'.join(modules))}" if modules else path
    digest = digest_for_jobs(Path(IMAGE), workflow.is_main_process)
    registration = (
        [os.path.dirname(TRAINED.registration)] if TRAINED.registration else []
    )
    bind_folders([CHECKOUT, os.path.realpath(RESULTS), *modules, *registration])
    return f"PYTHONPATH={quote(':'.join([CHECKOUT, *modules]))} A2C_CONTAINER_DIGEST={digest}"


# What a job says goes to its log, which the display shows when the job ends. On a node of a cluster it goes to the node's
# own log, too: the disk may be full.
# Snakemake formats the prefix: braces are doubled.
TARGET = '>(tee "$log" >&2)' if workflow.remote_exec else '"$log"'
WITH_LOG = f'with_log() {{{{ local log=$1; shift; "$@" 2> {TARGET}; }}}}'

try:
    shell.prefix(f"set -euo pipefail; {WITH_LOG}; export {variables_of_jobs()}; ")
except ConfigError as mistake:
    end(mistake)
