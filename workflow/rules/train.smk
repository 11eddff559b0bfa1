# One job per seed block. `update` keeps the manifest of a result that Snakemake takes for incomplete because it was killed
# while the job went on; `train` checks for itself, reuses what is finished and continues from a checkpoint.


rule train:
    output:
        update(
            f"{RESULTS}/runs/{{env}}/{{configuration}}/seeds-{{first}}-{{last}}/manifest.json"
        ),
    log:
        f"{RESULTS}/logs/train/{{env}}/{{configuration}}/seeds-{{first}}-{{last}}.log",
    conda:
        "../../environment.yml"
    threads: cores_of
    resources:
        mem_mb=requested("mem_mb", by_training),
        runtime=requested("runtime", by_training),
        gres=requested("gres", by_training, default=""),
    params:
        fields=lambda wildcards: block_of(wildcards).configuration.canonical_json(),
        folder=subpath(output[0], parent=True),
        registration=registration_option(),
    shell:
        "printf '%s' {params.fields:q} | "
        "with_log {log:q} python -m a2c train - --seeds {wildcards.first}-{wildcards.last} --out {params.folder:q} --threads {threads} --quiet "
        "{params.registration:q}"
