# One job per seed block. `update` keeps the manifest of a result that Snakemake believes incomplete, as it was killed
# while the job went on: `train` looks for itself, reuses what is finished and goes on from a checkpoint.


def block_of(wildcards):
    """The seed block of a job."""
    return BLOCKS[
        f"{wildcards.env}/{wildcards.configuration}/seeds-{wildcards.first}-{wildcards.last}"
    ]


@cache
def times():
    """Seconds of each unit of work."""
    from a2c.runs.cost import known_times

    return known_times(BLOCKS.values(), SOURCE)


def asked(resource, nothing):
    """What a job asks of a cluster; `nothing` where it runs on this machine, as PyTorch is needed to reckon it."""

    def value(wildcards, attempt):
        if workflow.local_exec or workflow.remote_exec:
            return nothing
        from a2c.runs.request import request

        block = block_of(wildcards)
        asks = request(block, times(), SOURCE, PAPER.runs_per_gpu, attempt)
        return getattr(asks, resource)

    return value


rule train:
    output:
        update(
            f"{RESULTS}/runs/{{env}}/{{configuration}}/seeds-{{first}}-{{last}}/manifest.json"
        ),
    log:
        f"{RESULTS}/logs/train/{{env}}/{{configuration}}/seeds-{{first}}-{{last}}.log",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=asked("mem_mb", nothing=0),
        runtime=asked("runtime", nothing=0),
        gres=asked("gres", nothing=""),
    params:
        fields=lambda wildcards: block_of(wildcards).configuration.canonical_json(),
        folder=subpath(output[0], parent=True),
    shell:
        "printf '%s' {params.fields:q} | "
        "python -m a2c train - --seeds {wildcards.first}-{wildcards.last} --out {params.folder:q} 2> >(tee {log:q} >&2)"
