# The whole paper on one page.


rule paper:
    output:
        "{results}/paper.json",
    log:
        "{results}/logs/paper.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        text=lambda wildcards: sealed(describe_paper(PAPERS[wildcards.results])),
    shell:
        "printf '%s' {params.text:q} > {output:q} 2> {log:q}"


rule verdicts:
    input:
        paper="{results}/paper.json",
        claims=lambda wildcards: [
            f"{wildcards.results}/studies/{name}/{file}"
            for name in STUDIES[wildcards.results]
            for file in ("study.json", "claims.csv", "lineage.json")
        ],
    output:
        report(
            "{results}/claims.csv",
            category="00 Verdicts",
            caption="../report/claims.rst",
            labels={"table": "Claims"},
        ),
        multiext("{results}/claims", ".md", ".tex"),
    log:
        "{results}/logs/verdicts.log",
    conda:
        "../../environment.yml"
    shell:
        "python -m a2c verdicts {wildcards.results:q} 2> >(tee {log:q} >&2)"


rule page:
    input:
        paper="{results}/paper.json",
        claims="{results}/claims.csv",
        drawn=lambda wildcards: [
            f"{wildcards.results}/studies/{name}/{file}"
            for name, study in STUDIES[wildcards.results].items()
            for file in files_of(study)
        ],
        films=lambda wildcards: [
            f"{wildcards.results}/films/{env}/films.json"
            for env in FILMED[wildcards.results]
        ],
    output:
        "{results}/index.html",
    log:
        "{results}/logs/page.log",
    conda:
        "../../environment.yml"
    shell:
        "python -m a2c page {wildcards.results:q} 2> >(tee {log:q} >&2)"
