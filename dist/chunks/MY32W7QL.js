
import{a}from"./QL2K5NK4.js";import"./WZS2JRPK.js";export{a as action};
