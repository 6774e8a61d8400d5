// What a deployment calls itself: the product's version, the one of the command line's package.
export const version = "2.0.0-alpha.0"
