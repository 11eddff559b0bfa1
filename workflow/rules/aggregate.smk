# A study's runs to its tables. Which ones depends on the study, so each has a rule of its own.
# A description may be megabytes long: Snakemake puts so long a command into a file, and printf is the shell's own, so that
# the system's bound on one argument does not apply.


rule study:
    output:
        "{results}/studies/{study}/study.json",
    log:
        "{results}/logs/study/{study}.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        text=lambda wildcards: sealed(STUDIES[wildcards.results][wildcards.study]),
    shell:
        "printf '%s' {params.text:q} > {output:q} 2> {log:q}"


for results, studies in STUDIES.items():
    for name, study in studies.items():

        rule:
            name:
                rule_name("aggregate", results, name)
            input:
                study=f"{results}/studies/{name}/study.json",
                runs=manifests_of(results, name),
            output:
                data_files(results, name),
            log:
                f"{results}/logs/aggregate/{name}.log",
            conda:
                "../../environment.yml"
            params:
                folder=subpath(output[0], parent=True),
            shell:
                "python -m a2c aggregate {params.folder:q} 2> >(tee {log:q} >&2)"
