
import{a as i}from"./chunks/QL2K5NK4.js";import{Z as o}from"./chunks/WZS2JRPK.js";await o(i);
