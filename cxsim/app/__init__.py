"""The interactive page: two companies in parallel worlds, served from this machine to its own browser.

Nothing here is known to the rest of cxsim but the command ``cxsim app``. NiceGUI is imported in this package only, and
is the extra ``cxsim[app]``.
"""
