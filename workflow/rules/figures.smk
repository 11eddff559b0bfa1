# A study's tables to its figures and formatted tables. Which ones depends on the study, so each has a rule of its own.

for results, studies in STUDIES.items():
    for name, study in studies.items():

        rule:
            name:
                f"draw_{name}" if results == RESULTS else f"draw_published_{name}"
            input:
                f"{results}/studies/{name}/summary.csv",
            output:
                drawn_files(results, study),
            log:
                f"{results}/logs/draw/{name}.log",
            conda:
                "../../environment.yml"
            params:
                folder=subpath(output[0], parent=True),
            shell:
                "python -m a2c draw {params.folder:q} 2> >(tee {log:q} >&2)"
