# A study's runs to its tables.


rule study:
    output:
        "{results}/studies/{study}/study.json",
    log:
        "{results}/logs/study/{study}.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        text=lambda wildcards: json.dumps(STUDIES[wildcards.results][wildcards.study]),
    shell:
        "printf '%s' {params.text:q} > {output:q} 2> {log:q}"


rule aggregate:
    input:
        study="{results}/studies/{study}/study.json",
        runs=runs_of_study,
    output:
        multiext(
            "{results}/studies/{study}/",
            "seed_curves.csv",
            "curves.csv",
            "runs.csv",
            "summary.csv",
            "comparisons.csv",
            "diagnostics.csv",
            "claims.csv",
        ),
    log:
        "{results}/logs/aggregate/{study}.log",
    conda:
        "../../environment.yml"
    shell:
        "python -m a2c aggregate {input.study:q} --runs {wildcards.results:q}/runs 2> >(tee {log:q} >&2)"
