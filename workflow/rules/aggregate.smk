# A study's runs to its tables. The tables depend on the study, so each study has a rule of its own.
# A description may be megabytes long. Snakemake puts so long a command into a file, and printf is built into the shell, so
# that the system's limit on one argument does not apply.


rule study:
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
    for name in results.studies:

        rule:
            name:
                results.rule_name("aggregate", name)
            input:
                study=results.study_files(name, ["study.json"]),
                runs=results.manifests(name),
            output:
                results.data_files(name),
            log:
                f"{results.folder}/logs/aggregate/{name}.log",
            conda:
                "../../environment.yml"
            params:
                folder=subpath(output[0], parent=True),
            shell:
                "with_log {log:q} python -m a2c aggregate {params.folder:q}"
