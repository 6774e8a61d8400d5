// Issues, reviews, branches and what a repository holds. See Sayings.ts.

export const tracking = `
issue = ticket, bug, defect, bug report, feature request, problem report
create issue = file a bug, file a ticket, report a bug, report a problem, report an error, raise a ticket, open a
  ticket, log a bug, file a new bug, raise an issue, file an issue, report an issue, file .. bug report
assigned authenticated user issues = on my plate, given to me, i been given, i have been given, i am supposed to, my
  todo, assigned to me, my tasks, i have to work on, mine to do
assignees = who can be assigned, who could take, whom can i assign, who may be given, who can work on, who is
  responsible, who could work on, put .. in charge, put .. on the issue, give .. issue to, hand .. issue to, make ..
  responsible
comment = remark, say something, reply, note, weigh in, chime in, leave a note, leave a remark
comments = remarks, what people said, what did people say, what was said, replies, what did people reply, people
  reply, discussion under, say about
reply = answer, respond, answer to
reaction = emoji, thumbs up, thumbs down, heart, react, party, rocket, smiley
reactions list = who reacted, who gave a thumbs up, who gave .. thumb, who liked, who .. heart
sub issue = child issue, subtask, sub task, smaller issue, breakdown, break .. down, children of
parent = belongs under, epic, above
timeline events = what happened to, history of .. issue, everything that happened, story of, what has happened
activity = what have .. been doing, what has .. been up to, been up to, going on, what .. been doing, recent doings
labels = tags on, marked as, which labels
milestone = release goal, deadline, target date, sprint
pull request = pr, prs, merge request, patch for review, proposed change, proposal, change request
create pull request = propose my, propose a change, propose .. branch, open a pr, propose .. changes, send a pr, put
  .. up for review, submit .. for review, ask for my branch
requested reviewers = who should review, who is asked to review, who was asked to review, who still has to review,
  who has to look at
request reviewers = ask .. to review, ask .. for a review, ask .. to look over, have .. look over, get .. to review,
  get .. opinion, ask .. to look at
review = verdict, verdicts, opinion, look over, assessment, feedback
submit review = send off .. review, finish .. review, hand in .. review, publish .. review, send .. review
pending review delete = unsent review, throw away .. review, discard .. review, unfinished review, unsubmitted
files pull = which files does .. pr touch, files does .. touch, files did .. change, files does .. change, touched
  by
merged = has been merged, is .. merged, already merged, did .. land, has .. landed, already landed
update branch = bring .. branch up to date, catch up with, up to date with main, up to date with the base, refresh
  .. branch, bring .. pr up to date
merge upstream sync fork = sync .. fork, bring .. fork up to date, catch .. fork up, update .. fork, fork .. behind
fork = own copy, my own copy, make a copy of .. repo, copy .. repo, copy of the repository
forks = who copied, copies of, copies exist, copies of this repo
branch = line of work, line of development
branches = which branches, lines of development
create reference = new branch, start a branch, start .. branch, branch off, create .. branch, make .. branch, cut ..
  branch, open .. branch, make a tag point
delete reference = delete .. branch, remove .. branch, drop .. branch, delete .. tag, get rid of .. branch, throw
  away .. branch
update reference = force .. branch, move .. branch, reset .. branch, point .. branch, branch pointer, branch pointer
  back, move .. tag
reference = pointer, head, heads, refs, points at, point at
branch protection = guard .. branch, protect .. branch, safeguard, protected, guarded, rules on .. branch, rules for
  .. branch, who may push to main, lock down .. branch
required status checks = must pass, have to pass, checks that must, needs to be green, before merging, have to be
  green, must be green
required reviews = how many approvals, needs approval before, number of approvals, must be reviewed
signed commit signature protection = signed commits, unsigned commits, commits be signed, commits must be signed
commit = change, revision, sha, changeset
commits = make up, history of, change history, log of, what changed lately, past changes
pull requests associated with commit = which pr brought, which pr introduced, pr .. commit came, came from which pr,
  which pull request introduced, pr behind .. commit
status check runs = did ci pass, is .. green, ci pass, checks pass, ci result, ci checks, green or red, how did they
  end, build state, did .. checks, state of the checks
annotations = warnings left by, notes of a check, remarks of a check
tree = every path, all files recursively, full file list, recursively, folder structure, whole directory
blob = raw piece of content, raw content, piece of content, raw file object
content file = read .. file, read .. from .. branch, text of a file, what does .. file say, source of, look into ..
  file, contents of, config file
create or update file contents = save .. file in .. repo, commit a file, commit .. file, write .. file .. repo, put
  .. file in .. repo, add a file to .. repo, change a file in
readme = front page text, introduction text
archive zipball = as a zip, source as a zip, zip of the source, source .. zip, zip file of
archive tarball = as a tarball, tar.gz, source .. tar
languages = programming languages, written in, what is .. written in, coded in
topics = subject tags, keywords of .. repo
license = terms of use, may i use, under what terms, legal terms
community profile = health of .. project, has a contributing guide, contributing guide, code of conduct file, well
  kept
codeowners = who owns which files, owner file, ownership file, owners file
traffic views = visitors, how many people visit, how many people looked, page views, popularity, looked at .. repo,
  visited
traffic clones = how often .. cloned, was .. cloned, cloned
top referrers = where do visitors come from, visitors come from, sites send, who links to us, where .. traffic
top paths = most visited pages, most viewed, most popular files, most popular pages
code frequency stats = lines added and deleted, additions and deletions, lines added
commit activity stats = commits per week, weekly commits, how busy, how active
punch card stats = what time of day, hour of day, which hours, which day do people commit
dispatch workflow event = start .. workflow, trigger .. workflow, kick off .. workflow, launch .. pipeline, start ..
  pipeline, run .. by hand, run .. manually, trigger .. build, start .. deploy by hand, by hand
`
