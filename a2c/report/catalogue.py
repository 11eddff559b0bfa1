"""Which figures and tables a study gets, and their files. Imports nothing heavy: the Snakefile asks too."""

from a2c.report.studies import Study, environments, is_numeric, setting_axes, settings

SEVERAL = 3  # environments: below it there is nothing to aggregate
MANY = 12  # environments: above it a panel for each measure of each is no longer a figure that one reads

TITLES = {
    "learning_curves": "Learning curves",
    "sensitivity": "Sensitivity",
    "heatmap": "Interaction",
    "final_auc": "Final return and area under the curve",
    "comparisons": "Differences from the baseline",
    "diagnostics": "Diagnostics",
    "aggregates": "Aggregates over environments",
    "aggregate_curves": "Learning curve over environments",
    "profiles": "Performance profiles",
    "improvement": "Probability of improvement",
}

# The CSV files of the others are there already, in full precision, as data of the study.
TABLE_FORMATS = {
    "final": ("csv", "md", "tex"),
    "auc": ("csv", "md", "tex"),
    "comparisons": ("md", "tex"),
    "one_setting": ("md", "tex"),
    "tuning": ("md", "tex"),
    "doctor": ("md", "tex"),
    "published_scores": ("csv", "md", "tex"),
    "claims": ("md", "tex"),
}


SOURCES = {
    "learning_curves": ["curves", "runs", "seed_curves", "summary"],
    "sensitivity": ["runs", "summary"],
    "heatmap": ["summary"],
    "final_auc": ["runs", "summary"],
    "comparisons": ["comparisons", "summary"],
    "diagnostics": ["diagnostics", "summary"],
    "aggregates": ["aggregates", "summary"],
    "aggregate_curves": ["aggregate_curves", "aggregates", "summary"],
    "profiles": ["aggregates", "profiles", "summary"],
    "improvement": ["aggregates", "improvement", "summary"],
    "final": ["summary"],
    "auc": ["summary"],
    "one_setting": ["sensitivity", "summary"],
    "tuning": ["summary", "tuning"],
    "doctor": ["doctor", "summary"],
    "published_scores": ["runs", "summary"],
    "claims": ["claims", "summary"],
}


def figures_of(study: Study) -> list[str]:
    """The names of the figures that a study gets, in the order in which they are shown."""
    compared = len(settings(study)) > 1
    many = len(environments(study)) > MANY
    axes = setting_axes(study)
    wanted = {
        "learning_curves": True,
        "sensitivity": len(axes) == 1 and is_numeric(study, axes[0]) and not many,
        "heatmap": len(axes) == 2 and not many,
        "aggregates": len(environments(study)) >= SEVERAL,
        "aggregate_curves": len(environments(study)) >= SEVERAL,
        "profiles": len(environments(study)) >= SEVERAL,
        "improvement": len(environments(study)) >= SEVERAL and compared,
        "final_auc": not many,
        "comparisons": compared and not many,
        "diagnostics": True,
    }
    return [name for name, is_wanted in wanted.items() if is_wanted]


def data_of(study: Study) -> list[str]:
    """The stems of the CSV files, written by the aggregation, that figures, tables and page are made from."""
    always = ["seed_curves", "curves", "runs", "summary", "comparisons", "diagnostics", "doctor", "claims"]
    several = ["aggregates", "aggregate_curves", "profiles", "improvement", "sensitivity"]
    return [
        *always,
        *(several if len(environments(study)) >= SEVERAL else []),
        *(["tuning"] if study.get("tuning_seeds") else []),
    ]


def sources_of(name: str) -> list[str]:
    """The stems of the CSV files that the figure or the table `name`, its caption or its note are made from."""
    return SOURCES[name]


def tables_of(study: Study) -> list[str]:
    """The names of the tables that a study gets."""
    wanted = {
        "final": True,
        "auc": True,
        "comparisons": len(settings(study)) > 1,
        "one_setting": len(environments(study)) >= SEVERAL and len(settings(study)) > 1,
        "tuning": bool(study.get("tuning_seeds")),
        "doctor": True,
        "published_scores": bool(study.get("published_scores")),
        "claims": bool(study.get("claims")),
    }
    return [name for name, is_wanted in wanted.items() if is_wanted]


def figure_files(figure: str) -> list[str]:
    """A figure's files: vector, raster, and its caption with the alternative text."""
    return [f"{figure}.pdf", f"{figure}.png", f"{figure}.txt"]


def table_files(table: str) -> list[str]:
    """A table's files."""
    return [f"{table}.{suffix}" for suffix in TABLE_FORMATS[table]]


def files_of(study: Study) -> list[str]:
    """The names of all files that `draw` writes into the folder of a study."""
    return [
        *(file for figure in figures_of(study) for file in figure_files(figure)),
        *(file for table in tables_of(study) for file in table_files(table)),
    ]
