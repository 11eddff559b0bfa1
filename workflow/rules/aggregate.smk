# Studies' runs to their tables. Which tables there are depends on the study, so each batch of studies has a rule of its own.
# A description may be megabytes long. Snakemake puts so long a command into a file, and printf is built into the shell, so
# that the system's limit on one argument does not apply.


rule study:
    input:
        lambda wildcards: paper_if_outdated(
            f"{wildcards.results}/studies/{wildcards.study}/study.json"
        ),
    output:
        "{results}/studies/{study}/study.json",
    log:
        "{results}/logs/study/{study}.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        text=lambda wildcards: results_of(wildcards).studies[wildcards.study].text,
    shell:
        "printf '%s' {params.text:q} > {output:q} 2> {log:q}"


for results in FOLDERS.values():
    for batch, names in results.batches.items():

        rule:
            name:
                results.rule_name("aggregate", batch)
            input:
                studies=[
                    f"{results.folder}/studies/{name}/study.json" for name in names
                ],
                runs=results.manifests(*names),
            output:
                [path for name in names for path in results.data_files(STUDIES, name)],
            log:
                f"{results.folder}/logs/aggregate/{batch}.log",
            priority: 2 if results.is_published else 0  # long jobs first, so that no core is idle at the end
            conda:
                "../../environment.yml"
            params:
                folders=[f"{results.folder}/studies/{name}" for name in names],
            shell:
                "with_log {log:q} python -m a2c aggregate {params.folders:q}"
