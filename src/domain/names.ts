/** Names of runs that were given none: two plain words, "quiet-heron". */

const ADJECTIVES = (
  "able agile airy amber ample apt arctic autumn balmy bold brave breezy bright brisk bronze calm candid careful cheerful civil clean clear " +
  "clever cloudy coastal copper coral cosmic cozy crimson crisp curious daring deep deft distant dusty eager early earnest easy elegant even fabled " +
  "fair famous fancy fearless fine firm fleet fluent fond frank free fresh friendly frosty gallant gentle gifted glad gleaming golden good graceful " +
  "grand grateful green hardy hearty honest humble icy ideal jolly jovial keen kind large lively loyal lucid lucky lunar magnetic mellow merry " +
  "mighty mild misty modest neat nimble noble open patient pearly placid plucky polite prime proud quick quiet rapid rare ready robust " +
  "rosy royal rustic sandy serene sharp shiny silent silver simple sincere"
).split(" ");

const ANIMALS = (
  "albatross alpaca antelope badger bat bear bee bison bobcat buffalo bullfinch camel caribou cat cheetah chickadee chipmunk cod condor corgi " +
  "cormorant coyote crab crane cricket crow curlew deer dingo dolphin donkey dormouse dove dragonfly duck eagle egret elk emu falcon ferret finch " +
  "firefly flamingo fox frog gazelle gecko gerbil gibbon giraffe goat goldfinch goose grouse gull hamster hare hawk hedgehog heron horse hound " +
  "hummingbird ibex ibis iguana impala jackal jaguar jay kestrel kingfisher kiwi koala lark lemming lemur leopard lion lizard llama lobster lynx " +
  "macaw magpie mallard manatee marmot marten meerkat mole mongoose moose moth mouse narwhal newt nightingale ocelot octopus okapi opossum oriole " +
  "osprey ostrich otter owl ox oyster panda panther parrot partridge pelican penguin pheasant pigeon plover pony puffin quail rabbit raccoon raven"
).split(" ");

/** A name from two random bytes, one a word. */
export function runName(random: Uint8Array): string {
  return `${ADJECTIVES[(random[0] ?? 0) % ADJECTIVES.length]}-${ANIMALS[(random[1] ?? 0) % ANIMALS.length]}`;
}
