# A study's tables to its figures and formatted tables.

for results, studies in STUDIES.items():
    for name, study in studies.items():

        rule:
            name:
                rule_name("draw", results, name)
            input:
                data_files(results, name),
            output:
                drawn_files(results, name),
            log:
                f"{results}/logs/draw/{name}.log",
            conda:
                "../../environment.yml"
            params:
                folder=subpath(output[0], parent=True),
            shell:
                "python -m a2c draw {params.folder:q} 2> >(tee {log:q} >&2)"
