# The page of the paper, a page for each study behind it, and the paper as a PDF.


rule paper:
    input:
        lambda wildcards: paper_if_outdated(f"{wildcards.results}/paper.json"),
    output:
        "{results}/paper.json",
    log:
        "{results}/logs/paper.log",
    localrule: True
    conda:
        "../../environment.yml"
    params:
        text=lambda wildcards: results_of(wildcards).record.text,
    shell:
        "printf '%s' {params.text:q} > {output:q} 2> {log:q}"


rule verdicts:
    input:
        paper="{results}/paper.json",
        claims=lambda wildcards: results_of(wildcards).claim_files(),
    output:
        report(
            "{results}/claims.csv",
            category="00 Verdicts",
            labels={
                "table": "Claims: verdict, effect with 95 % interval, p adjusted within a study"
            },
        ),
        multiext("{results}/claims", ".md", ".tex"),
        multiext("{results}/verdicts", ".pdf", ".png", ".txt"),
        "{results}/drawn.json",
    log:
        "{results}/logs/verdicts.log",
    conda:
        "../../environment.yml"
    shell:
        "with_log {log:q} python -m a2c verdicts {wildcards.results:q}"


for results in FOLDERS.values():

    rule:
        name:
            "page_published" if results.is_published else "page"
        input:
            paper=f"{results.folder}/paper.json",
            claims=f"{results.folder}/claims.csv",
            drawn=results.all_drawn_files(),
            films=results.film_files(),
        output:
            results.page_files(),
        log:
            f"{results.folder}/logs/page.log",
        conda:
            "../../environment.yml"
        params:
            folder=subpath(output[0], parent=True),
        shell:
            "with_log {log:q} python -m a2c page {params.folder:q}"


rule typeset:
    input:
        paper="{results}/paper.json",
        claims="{results}/claims.csv",
        data=lambda wildcards: results_of(wildcards).all_data_files(),
        drawn=lambda wildcards: results_of(wildcards).all_drawn_files(),
    output:
        "{results}/paper.pdf",
        "{results}/preamble.tex",
        "{results}/tables.tex",
        directory("{results}/paper"),
    log:
        "{results}/logs/typeset.log",
    conda:
        "../../environment.yml"
    shell:
        "with_log {log:q} python -m a2c typeset {wildcards.results:q}"
