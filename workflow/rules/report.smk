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
        text=json.dumps(
            {
                "title": PAPER.title,
                "description": PAPER.description,
                "studies": [study.name for study in PAPER.studies],
                "claims": [
                    {"id": claim.id, "says": claim.says, "where": claim.where}
                    for claim in PAPER.claims
                ],
            }
        ),
    shell:
        "printf '%s' {params.text:q} > {output:q} 2> {log:q}"


rule page:
    input:
        paper="{results}/paper.json",
        drawn=lambda wildcards: [
            f"{wildcards.results}/studies/{name}/{file}"
            for name, study in STUDIES[wildcards.results].items()
            for file in files_of(study)
        ],
    output:
        "{results}/index.html",
    log:
        "{results}/logs/page.log",
    conda:
        "../../environment.yml"
    shell:
        "python -m a2c page {wildcards.results:q} --paper {input.paper:q} 2> >(tee {log:q} >&2)"
