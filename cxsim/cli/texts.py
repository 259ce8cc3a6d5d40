"""What ``--help`` says of each command, with examples."""

from __future__ import annotations

ABOUT = """\
Try a customer strategy on a simulated company before trying it on a real one.

examples:
  cxsim list                                    the scenarios that come with cxsim
  cxsim describe baseline                       every assumption and lever, with unit, range and source
  cxsim run baseline                            one company: loyalty, profit, people
  cxsim compare doormat_siloed mutual_siloed    two policies, the same customers, the same luck

A SCENARIO is the name of a shipped one or the path of a YAML file. To make your own, write a file
that extends a shipped one and changes what you want to change:

  title: Fewer favours
  extends: baseline
  policy:
    requests: {conceded_share: .1}
"""
RUN = """\
Run one scenario and show its measures with 95 % intervals over replications.

examples:
  cxsim run baseline
  cxsim run my_idea.yaml --replications 50 --rng 7
  cxsim run baseline --customers 100000          finer resolution: less noise, the same market
  cxsim run baseline --quiet --json > run.json

The intervals hold luck only; the assumptions of the scenario are not varied.
"""
COMPARE = """\
Run several scenarios on the same customers with the same luck, so that what differs is the policy.
The first is the reference; the others are shown as paired differences from it.

examples:
  cxsim compare doormat_siloed mutual_siloed
  cxsim compare doormat_siloed doormat_cross_functional mutual_siloed mutual_cross_functional
  cxsim compare baseline my_idea.yaml --out results/my_idea

The intervals hold luck only. The assumptions are varied below them, in sampled worlds (--worlds): every arm is run once
more in each, and the table says in how many it is ahead, by how much, and what that hangs on.
"""
CLAIMS = """\
Test the claims of the five articles, each in an experiment that was written down before any of them was run: the
measure, the direction as the article has it, and the smallest effect that would matter. A claim is run over paired
runs in the world that is assumed, then once in each of many sampled worlds.

examples:
  cxsim claims A1 D3                      two of them, in seconds
  cxsim claims C                          all of article C
  cxsim claims --out results/claims       all of them, in minutes, and a folder with the tables

Verdicts: supported, contradicted, no effect, depends (the sign flips between worlds), undecided (more runs would
tell), not built (the model lacks what the claim is about).
"""
EXPERIMENT = """\
Run an experiment over hundreds or thousands of runs: arms, what varies between the runs, a design of points, and what
is asked of them. cxsim new experiment writes a file to start from.

examples:
  cxsim experiment when_does_doormat_pay --dry-run    its size, and how long it will take
  cxsim experiment when_does_doormat_pay              in minutes, with figures, tables and a summary
  cxsim experiment my_experiment.yaml --out results/mine
  cxsim experiment when_does_doormat_pay --points 40 --customers 500      a first look, smaller than it is shipped
  cxsim experiment my_experiment.yaml --scheduler tcp://cluster:8786      on a Dask cluster
  cxsim experiment my_experiment.yaml --shard 3/20 --out shared/mine      one part of twenty
  cxsim experiment --status results/mine              how far it has come

What has been run is kept in the folder. Killed at any moment, the same command goes on from there; an experiment that
has grown, or asks something else, runs only what is new (a Latin hypercube lays all its points anew when it grows; the
points of sobol and of a grid stay).
"""
APP = """\
Open a page in the browser: two companies side by side, with the same customers and the same luck, that differ in
policy. Sliders answer at once; time can be played; any customer's story can be read in both worlds. The page is served
from this machine, to this machine only, and asks the internet for nothing. It needs: pip install "cxsim[app]"

examples:
  cxsim app                               the doormat and its opposite
  cxsim app product_centric my_idea.yaml
  cxsim app --predictions monday.json     a file of its own for the predictions of a class
"""
DESCRIBE = """\
Show every value of a scenario with its unit, its range, its source and the place that set it.

examples:
  cxsim describe baseline
  cxsim describe baseline --only entitle         what has to do with entitlement
  cxsim describe my_idea.yaml --json
"""
DIFF = """\
Show what differs between two scenarios, once all that they extend and all defaults are filled in: settings,
assumptions, levers, rivals and dated changes, each with its unit and meaning. Nothing is simulated.

examples:
  cxsim diff doormat_siloed mutual_siloed
  cxsim diff baseline my_idea.yaml
  cxsim diff my_idea.yaml results/my_idea/resolved.yaml --json
"""
NEW = """\
Write a file to start from. It explains itself, and runs as it is; nothing is ever overwritten.

examples:
  cxsim new scenario                      my_scenario.yaml, in the folder where you are
  cxsim new scenario fewer_favours        fewer_favours.yaml, titled "Fewer favours"
  cxsim new scenario -                    on standard output
  cxsim new experiment                    my_experiment.yaml, which runs in seconds
"""
SCHEMA = """\
Write the JSON Schema of scenario files, with which an editor completes keys, shows units and meanings, and underlines
what is wrong while one types. It is read from this version's declarations; write it again after an upgrade.

examples:
  cxsim schema cxsim.schema.json          then begin a scenario beside it with the line
                                          # yaml-language-server: $schema=cxsim.schema.json
  cxsim schema                            on standard output
  cxsim schema --experiment               that of experiment files
"""
DOCTOR = """\
Find out whether all is in order on this machine, what is slow, and why: versions, processors, the cache of compiled
steps, this folder. Compiles the model ahead, which is done once per version, and measures a run.

The exit status is 0 when nothing is wrong, 1 when something is: cxsim then works, but slower than it could, or not in
this folder.

examples:
  cxsim doctor
  cxsim doctor --clean                    removes compiled steps that other versions have left behind
"""
COMPLETION = """\
Print a script that lets a shell complete commands, options, scenarios and files of cxsim with the tab key.

  bash         in ~/.bashrc:                  eval "$(cxsim completion bash)"
  zsh          in ~/.zshrc, after compinit:   eval "$(cxsim completion zsh)"
  fish         once:                          cxsim completion fish > ~/.config/fish/completions/cxsim.fish
  powershell   in the file $PROFILE:          cxsim completion powershell | Out-String | Invoke-Expression
"""
