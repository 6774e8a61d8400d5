// Words that people use for the same thing, so that "ticket" finds issues and "folder" finds directories.
import { stemOf } from "./Stems.ts"

/** One concept a line: its first word stands for each of the others, and each of them for it. */
const concepts = `
kubernetes pod container cluster namespace helm kubectl
contributor committer author developer
aggregate average total
collaborator access
licence license
issue ticket bug defect
repository repo project codebase
organization org company enterprise business
user person people account someone somebody colleague human
member people person belong participant employee
team group squad
owner administrator admin maintainer
collaborator contributor outsider
pull pr
request pr
merge land integrate squash
commit change revision sha changeset
release version publish
tag version marker
label tag keyword category
topic keyword tag subject
comment remark reply note feedback say said
thread conversation discussion talk
review feedback approval approve opinion
milestone goal deadline sprint
assignee assign responsible charge
workflow pipeline ci automation
run execution build
job step task
runner machine agent worker
artifact output
log output console print printed
cache stored
secret credential encrypted password
token credential key
variable setting value
environment stage env
deployment rollout deploy rolled
deploy install apply roll
webhook hook callback
delivery event sent
event activity history happen happened
notification inbox unread update
subscription watch follow subscribe
star bookmark favorite favourite like
follow track
gist snippet
codespace workspace
directory folder
file document disk
content text body
path location
message chat post text
channel room chat
reaction emoji thumbs heart react cheer
page website document site web
browser web page
tab page window
dialog alert popup prompt
screenshot picture image capture
navigate go visit url
click press push tap button
type enter write fill
hover mouse
select choose pick dropdown
wait pause until
resize size
field input column attribute
form field input
network http traffic
database db
collection table
document row record
row entry record
query lookup filter
schema field type structure
aggregate group sum
entity thing object
relation connect link relationship
observation fact note
graph knowledge remember memory
container pod
manifest yaml
replica instance copy
cluster kubernetes
package library module dependency image
dependency library package
registry store
license licence terms
vulnerability hole weakness insecure vulnerable
advisory vulnerability
alert finding warning problem
scan analysis scanning scanner
invitation invite join ask
permission access right allow may
restriction limit restrict only
role power
protection protect rule forbid
ruleset rule rules
quota limit maximum
billing cost spend money price spent
budget spend money
plan tier price
seat licence license
app integration application
email mail address
profile bio
block ban
archive zip tarball backup
migration export move import
attachment file asset
asset binary attachment file
view visit visitor look
clone download
fork copy duplicate
statistic number figure count metric stats
usage consumption used use
status state
diff change compare
compare difference changed differ between
template skeleton boilerplate
address street
coordinate latitude longitude gps coordinates
elevation altitude height high
direction route way
distance far travel
place restaurant location spot
image picture photo
metadata attribute information detail info
property attribute field metadata
item entry element card
block paragraph
parent above
child below nested sub smaller
tree nested recursive hierarchy structure
size large big bytes
error mistake failure wrong
failed broken fail
pending waiting wait
private confidential secret
public visible openly everybody
latest newest recent last
all every everything whole entire everyone everybody
hash sha checksum digest
identifier id
customer client
meeting appointment
task todo
board project kanban
create add new make set start establish found form write
delete remove erase drop wipe discard clear purge destroy forget rid
update edit change modify alter adjust correct
list show which what
get show read fetch view look
search find locate look
enable activate on allow
disable deactivate off stop
cancel abort stop interrupt
stop halt shut end
start launch boot begin
restore recover undelete undo back
rename called name
move relocate transfer rename
upload send submit attach
approve accept allow sign
dismiss reject ignore close
update close reopen
lock freeze
unlock reopen
send post tell deliver
dispatch trigger start manual
redeliver resend again once
rerun retry repeat again re
invite ask
revoke withdraw
give assign grant
remove kick
transfer hand owner
generate write produce automatic
render convert html
convert translate turn
compress zip gzip
check verify whether valid
ping test
execute run
count many number
append add end
uninstall remove
replace overwrite swap
describe detail detailed information
upgrade bump newer
weather forecast temperature rain
news article headline
stock share ticker quote
calendar schedule agenda
event appointment meeting
reminder remind alarm
contact phone telephone
spreadsheet sheet excel
presentation slide deck powerpoint
drive storage
photo picture image
video clip movie film
song track music
transcript subtitle caption
summary abstract summarize
translate language translation
flight plane airline
hotel accommodation stay
train railway rail
booking reservation reserve book
recipe dish meal cook
invoice bill
payment charge pay paid
refund reimburse
product item goods
order purchase bought
cart basket
inventory stock supply
shipment parcel
lead prospect
deal opportunity
currency exchange
balance funds
transaction transfer
log audit trail
metric measure measurement monitor
dashboard panel
chart graph plot diagram
incident outage
server host machine
instance vm machine server
bucket storage s3
queue backlog
function lambda
domain dns
certificate ssl tls
process program
script program
crawl scrape
extract parse
paper publication study article
citation reference cite
dataset data
time clock hour now
date day today
timezone zone
calculate compute math
sum total
average mean
sort order arrange
filter narrow
join combine
split divide
minimum least smallest
schema structure columns
ssh login
session login
password credential
signature sign signed
encrypt encrypted
public open
draft unfinished
archive old
quick fast
transcribe speech
voice speech audio
ocr text
pdf document
authenticated my me myself mine logged
attestation provenance
annotation warning message
assignment homework
student classroom pupil
referrer visitor traffic
traffic view visitor clone
environment production staging
webhook url callback
suspend pause
archive export download
dependency vulnerable library
parent epic
sub child smaller
subscription marketplace
budget dollars cost spend
member colleague employee staff
assign take
deployment production
cap limit maximum quota
chart packaged
resource object kind
pod resource
navigate goto open browse
`

let related: ReadonlyMap<string, ReadonlyArray<string>> | undefined

const readConcepts = (): ReadonlyMap<string, ReadonlyArray<string>> => {
  const found = new Map<string, Array<string>>()
  const relate = (word: string, other: string) => {
    const known = found.get(word)
    if (known === undefined) found.set(word, [other])
    else if (!known.includes(other)) known.push(other)
  }
  for (const line of concepts.trim().split("\n")) {
    const [head, ...others] = [...new Set(line.split(" ").map(stemOf))]
    for (const other of others) {
      relate(other, head!)
      relate(head!, other)
    }
  }
  return found
}

/** Stems that mean nearly the same as this stem. Read on the first search: a start needs none of it. */
export const relatedStems = (stem: string): ReadonlyArray<string> => (related ??= readConcepts()).get(stem) ?? []
