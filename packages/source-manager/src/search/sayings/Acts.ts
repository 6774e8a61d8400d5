// What is done with things, and with people: switch off, throw out, ask to join. See Sayings.ts.

export const acts = `
disable = turn .. off, switch .. off, shut .. off, turn off, switch off, shut off, deactivate, no longer use, stop
  using, do without
enable = turn .. on, turn on, switch .. on, switch on, activate, start using, opt in, make use of
delete = get rid of, throw .. away, throw away, throw .. out, throw out, trash, wipe, erase, scrap, bin, nuke, tear
  down, do away with, dispose, take .. down, take down, drop, destroy, clean up, clean .. up, axe, ditch
remove = kick .. out, kick .. off, throw .. off, kick, kick out, take .. off, take off, take .. away, strip, pull ..
  off, detach, let .. go, expel, boot .. from, boot out, drop .. from, take .. out, no longer part, lose access,
  shut .. out, cut .. off, offboard, evict, oust
create = set up, set .. up, bring up, spin up, spin .. up, make .. new, come up with, establish, scaffold, draw up
add = put .. on, put .. in, put .. into, put on, bring .. in, let .. in, let in, include, onboard
update = change, edit, rewrite, reword, fix the text, fix a typo, correct, adjust, tweak, alter, revise, set .. to,
  amend
rename update = call .. instead, give .. another name, new name, different name, change the name, change the title
approve = give .. ok, sign off, say yes, wave .. through, let .. through, give green light, green light, lgtm, go
  ahead, thumbs up on
decline reject = turn down, turn .. down, say no, refuse
dismiss = wave aside, ignore .. alert, ignore .. warning, false positive, not a problem, does not apply, will not
  fix, set aside
cancel = call off, call .. off, abort, break off, stop .. run, kill .. run, stop .. running, halt
stop = shut .. down, shut down, power off, power down
start = boot, fire up, fire .. up, bring .. up, wake up, wake, resume, power on, power up, kick off
restore = bring .. back, bring back, undelete, put .. back, get .. back, recover, undo deletion, deleted by mistake,
  deleted by accident
rerun = redo, run .. again, run again, re run, once more, start .. over, have another go, give another try, try ..
  again
redeliver = send .. again, resend, deliver .. again, send again, replay
revoke = take back, take .. back, withdraw, invalidate, pull back
transfer = hand .. over, hand over, give .. away, move .. to another owner, move .. to another, new owner, change
  owner
merge = land, bring .. together, fold .. into, squash, integrate, combine
lock = freeze, nobody can comment, no more comments, stop people commenting, shut .. conversation, close ..
  discussion
unlock = unfreeze, let people comment, comments again, open .. discussion
pin = stick .. top, keep .. top, on top, highlight
close = shut .. issue, we are done with, is done, is solved, is fixed, finished with, wrap up
reopen = open .. again, open again, not solved after all
list = which, what are, what is there, show all, go through, go over, overview of, enumerate
search = look for, look up, hunt, mentioning, mention, mentions, containing, that contain, across all of, anywhere,
  somewhere, look .. up, find anything
check = is .. already, does .. have, are .. allowed, ^do i, ^am i, verify, make sure, find out whether, whether
count = how many, how often, number of
usage = how much, used up, consumption, how heavily, using
limit quota = how many .. left, how many .. may i, remaining, left over, run out, still make, allowance, may still
rate limit = calls .. left, requests .. left, api calls, throttled, throttling, too many requests, calls may,
  requests may
compare = what changed between, difference between, changed between, differences, differ, diff between, what is
  different, versus
download = save .. to disk, get a copy, pull .. down, grab, as a zip, as a tarball, get hold of the file
upload = attach .. to, put .. file on, send .. file, hand in
members = who belongs, who is in, who is part of, people in, who works in, who are in, everyone in, everybody in,
  who is on the team, roster
collaborators = who can access, who has access, who can get at, who may push, who can push, outside helper, who can
  write, can get at, who may write, contributor with access, people with access, external developer, who works on
  this repo
collaborator permission = what may .. do, what can .. do, how much access, access level, what access, which rights
  does, which role does
contributors = who wrote, who has worked on, who worked on, most active people, who committed most, who helped
  build, who built
member = belong, belongs, colleague, coworker, employee, staff, teammate
stargazers = who starred, people who starred, who likes, who bookmarked, fans of, who has starred, starred by
starred = things i starred, i have starred, i starred, repos i like, bookmarked repos, my bookmarks, bookmarked,
  favourites, starred
star = bookmark, give a star, put a star, mark as favourite, favourite, like a repo
watchers subscribers = who watches, who is watching, who follows this repo, who gets notified, watching this
watch subscription = keep an eye on, get updates about, hear about everything, be told about, subscribe
watched subscriptions = i watch, am i watching, i am watching, repos i watch
follow = keep up with, stay up to date with
followers = who follows, who is following me, people following, my fans
following followed = whom do i follow, who do i follow, people i follow, whom .. follow, does .. follow, i follow
delete subscription unsubscribe = do not ping, stop pinging, stop getting mail, stop getting notified, stop getting,
  stop receiving, no more mail, no more emails, no more updates, leave me alone, stop watching, stop notifying, stop
  following .. thread, unwatch, unsubscribe, stop telling me, not .. any more about, do not .. any more about
ignore subscription = mute, silence
notifications = inbox, what is new for me, news for me, unread, pings, heads up, updates for me, waiting for me
mark read notifications = seen it all, seen everything, clear .. inbox, empty .. inbox, clear .. notifications,
  caught up, have read, mark .. seen, read all
mark done thread = done with .. notification, finish .. notification
block = spammer, never want to hear, keep .. away, troll, abusive, harass, harassing, ban, nuisance, never hear from
unblock = let .. talk again, forgive, lift .. ban, lift .. block, allow .. again, second chance
blocked users = whom have i blocked, who is banned, whom .. blocked, who did i block, people i blocked, banned
  people
blocked by dependencies = holding up, held up, depends on, depend on, in the way of, waiting on, wait for another
  issue, must be done first, has to be done first, prerequisite
blocking dependencies = is holding up, is it holding up, wait for this, depends on this
`
