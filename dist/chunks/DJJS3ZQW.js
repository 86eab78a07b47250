
import{a,b,c}from"./3LEKNVY2.js";import"./2YUQPWIK.js";import"./EKS6MDTW.js";import"./2UL3AUTK.js";import"./PCLT5MLO.js";import"./MCO55AWW.js";import"./JQQNEF3D.js";import"./I7GSVISO.js";import"./H2LJ66GH.js";import"./WZS2JRPK.js";export{c as configDigest,a as loadConfig,b as parseConfig};
