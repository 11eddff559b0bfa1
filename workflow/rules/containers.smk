# Where jobs run: on the Python that runs Snakemake, whether or not its environment was activated, or, with
# --sdm apptainer, in an image that holds the libraries. The code is this checkout's either way.

from shlex import quote

from snakemake_interface_executor_plugins.settings import DeploymentMethod

from a2c.pipeline.containers import digest_for_jobs, bind_folders

CHECKOUT = workflow.basedir
IMAGE = os.environ.get("A2C_IMAGE", os.path.relpath(f"{CHECKOUT}/containers/a2c.sif"))


container: IMAGE


def settings_of_jobs():
    """What every job sets first. In the image PATH is the image's, so that no Python of this machine is used there."""
    if DeploymentMethod.APPTAINER not in workflow.deployment_settings.deployment_method:
        return f'PATH={quote(os.path.dirname(sys.executable))}:"$PATH"'
    digest = digest_for_jobs(Path(IMAGE), workflow.is_main_process)
    bind_folders([CHECKOUT, os.path.realpath(RESULTS)])
    return f"PYTHONPATH={quote(CHECKOUT)} A2C_CONTAINER_DIGEST={digest}"


try:
    shell.prefix(f"set -euo pipefail; export {settings_of_jobs()}; ")
except ConfigError as mistake:
    end(mistake)
