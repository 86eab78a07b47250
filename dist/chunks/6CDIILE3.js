
import{a,b}from"./EKS6MDTW.js";import"./2UL3AUTK.js";import"./I7GSVISO.js";import"./H2LJ66GH.js";import"./WZS2JRPK.js";export{a as configSchema,b as jsonSchema};
