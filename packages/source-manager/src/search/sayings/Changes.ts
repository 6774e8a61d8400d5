// Labels, reviews, commits and repositories, with the verb that goes with each. See Sayings.ts.

export const changes = `
update label = recolor, rename .. label, another color, color of .. label, change .. label
delete label = get rid of .. label, label from the repo for good, drop .. label entirely, no longer need .. label
add labels issue = mark .. ticket|issue|bug as, tag issue, tag the issue, mark .. issue as, mark .. ticket, tag ..
  ticket, put .. label on, label issue, label .. issue as, stick .. label, give issue .. label
remove label issue = take .. label off, untag, take off .. label, peel .. label, pull .. label off
set labels issue = replace .. labels, exchange .. labels, exactly these labels, swap .. labels
remove all labels issue = strip every label, strip .. labels, all labels off, every label off, clear .. labels
labels milestone = labels of the issues in .. milestone, labels in .. milestone
milestones = which goals, deadlines do we have, goals of the project, releases planned, upcoming deadlines
create milestone = set a deadline, new goal, plan .. sprint, new sprint, plan .. release goal
update milestone = move .. deadline, push .. deadline, postpone, extend .. deadline, change .. due date, close ..
  milestone
update issue = change .. title, rename .. issue, retitle, edit .. issue, edit .. text of, close issue, close ..
  issue, close ticket, close .. ticket, reopen .. issue, put .. into milestone, change .. issue, we shipped the fix,
  mark .. as fixed
update pull request = close .. pr, close pr, retitle .. pr, change .. base, edit .. pr, change .. title of .. pull,
  other target branch, retarget, reopen .. pr
get issue = show .. issue, full text .. issue, state of issue, what is issue, details of .. issue, read issue, read
  .. ticket, open ticket number, what does issue
get pull request = show .. pr, what is pr, details of .. pr, can .. be merged, read .. pr, state of .. pr, mergeable
list issues repository = which bugs, open bugs, bugs are open, still open in our, tickets are open, open tickets,
  tickets in .. repo, tickets do we have, issues in .. repo, problems are open
list issues organization = across our org, issues inside .. organization, tickets across .. org, issues across ..
  org
list issues authenticated user = across all my repos, across all repos, wherever they are
comments repository = everything people said, all comments anywhere in, comments in the whole repo, all remarks in,
  said on tickets anywhere
update comment = fix .. comment, edit .. comment, edit my remark, change what i wrote, reword .. comment, correct ..
  comment, fix .. remark, typo in .. comment
delete comment = take back .. comment, delete what i said, remove .. comment, take down .. comment, get rid of ..
  remark, rude
pin comment = comment on top, keep .. comment at
commit comment = remark on .. commit, comment on .. commit, note on .. commit, say something about .. commit
review comment pull = comment on .. line, remark on .. line, line of .. pr, line of .. diff, inline comment, note on
  .. line, note on line
reply review comment = answer .. reviewer, answer .. review, reply to .. review, answer .. remark on .. pr
comments review = remarks belong to .. review, remarks in .. review, comments in .. review
update review = reword .. review, change .. summary of .. review, edit .. review
create review = approve .. pr, approve pr, request changes, ask for changes, start a review, write a review, review
  pr, give .. approval, sign off .. pr, accept pr, accept .. pr, say .. looks good
dismiss review = take back .. approval, discard .. approval, no longer valid review, overrule, override .. review,
  ignore .. review, throw out .. review, remove .. approval
remove requested reviewers = no longer has to review, not ask .. to review, take .. off the review, take .. off the
  reviewers, spare .. review, unrequest
merge pull request = land .. pr, land pr, get .. pr in, bring .. pr in, squash .. pr, put .. into main, ship .. pr
merge branch = bring .. into main, merge .. into, combine .. branches, fold .. branch into
rename branch = branch .. other name, call .. branch
get branch = tip of, what is on .. branch, info on .. branch, details of .. branch, last commit on
list commits = commit history, history of .. branch, history of main, who changed what, what happened on .. branch,
  log of .. branch, commits on .. branch, lately on main, past commits
get commit = what changed in, what did .. commit change, show .. commit, details of .. commit, look at .. commit,
  look at commit, show commit, what does commit, which files .. commit touch
branches head commit = which branches .. at this commit, branches whose tip, branches end at, branch heads at
tags repository = version marks, version tags, which tags .. repo, which versions are tagged
create tag = annotated tag, tag object, version mark
tree create = build a tree, assemble .. tree, new tree
create commit = commit object, low level commit
matching references = refs starting, refs that begin, all refs, branches starting, refs beginning
blob get = raw object, read .. blob, content of .. object
signature verify = really signed
create fork = my own version of, copy to my account, copy .. into my account, fork .. repo, clone .. into my account
delete repository = delete .. repo for good, get rid of .. repo, throw .. repo, throw away .. repository, destroy ..
  repo, wipe .. repository, delete .. project
transfer repository = hand .. repo, give .. repo to, move .. repo to, change owner of .. repo, hand .. project to,
  move .. repository to
get repository = about .. repo, facts about .. repo, how many stars does, default branch of, basic info, info on ..
  repo, details of .. repo, tell me about .. repo, what is this repo
replace topics = set .. topics, tag the repo, keywords of the repo, change .. topics, tag .. repo with
contributors stats = who adds most, lines per person, per contributor, changes per developer, additions per author
participation stats = owner versus everyone, owner s commits versus, commits by the owner compared
activities repository = force pushes, who pushed, recent pushes, pushed what, history of pushes
top paths = pages .. looked at most, which pages .. looked, files .. viewed most, popular content, parts of .. repo
  .. visited
referrers = where visitors, how people find us, sites bring, traffic comes from, come from which sites
views = how many visitors, how many people viewed, visits, looked at the repo
codeowners errors = mistakes in .. codeowners, codeowners file wrong, wrong with .. codeowners, codeowners broken
dispatch event = custom event, tell .. repo that, notify .. repo from outside, own event
autolink delete = stop turning .. into links, no longer link, stop linking
autolink create = turn .. into links, link .. to jira, make .. clickable, jira
community metrics = how healthy, contributing guide, community files, well documented
admin branch protection = administrators also, admins also, even admins, apply to admins, admins obey, admins have
  to, admins bypass, obey the rules, exempt admins
status check contexts = which checks .. before merging, required checks
access restrictions branch = who may push to, who can push to main, limit who pushes, push rights on .. branch,
  allowed to push to .. branch
`
