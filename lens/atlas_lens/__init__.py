"""The learned scorer (the Lens): P(right) of a candidate, or None where it does not know. Needs numpy and nothing else.

outcomes    candidates whose truth is known
views       what is embedded of task and candidate; `features`: what can be read off without the model
scorers     log-probability, length, votes, logistic models, the cost field C(x); `train` has what needs torch
calibration a score becomes P(right); `metrics`: how good that is, by task
familiarity how far a candidate is from what the scorer was trained on, beyond which it abstains
evaluation  all of them side by side on held-out tasks, and which one is used
weights     the file, bound to one model by its hash; `lens`: the scorer at run time
stopping    what ending early where nothing is likely saves and loses
replay      learning from outcomes as they come, champion against challenger; `recalibrations`: the last one
"""
